/** `npm run build:console`: builds the page into the given folder, or into the folder that `npm start` serves. */
import { buildConsoleAssets, LOCAL_ASSETS } from './build-assets.ts';

buildConsoleAssets(process.argv[2] ?? LOCAL_ASSETS);
