/** Entry point of the page. */
import { render } from 'preact';
import { App } from './app.tsx';
import { startNavigation } from './routing/navigation.ts';
import { applyTheme } from './shell/theme.ts';

const place = document.getElementById('console');
if (place !== null) {
  applyTheme();
  startNavigation();
  render(<App />, place);
}
