/** The version and the license of the project, which are only in package.json. */
import manifest from '../package.json' with { type: 'json' };

export const VERSION = manifest.version;
export const LICENSE = manifest.license;
