/** The browser's side of the console. */
import { render } from 'preact';
import { App } from './app.tsx';
import 'uplot/dist/uPlot.min.css';
import './style/console.css';

const place = document.getElementById('console');
if (place !== null) render(<App />, place);
