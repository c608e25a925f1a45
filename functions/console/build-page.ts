/** `npm run build:console`: builds the page into the folder given, or into the one that `npm start` serves. */
import { buildConsoleAssets, LOCAL_ASSETS } from './build-assets.ts';

buildConsoleAssets(process.argv[2] ?? LOCAL_ASSETS);
