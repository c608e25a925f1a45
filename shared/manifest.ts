/** The version and the licence of the project. Their only home is package.json. */
import manifest from '../package.json' with { type: 'json' };

export const VERSION = manifest.version;
export const LICENSE = manifest.license;
