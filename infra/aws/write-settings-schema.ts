/** `npm run deployments:schema`: writes deployments/schema.json, with which editors complete and check the settings. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOYMENTS } from './deployment.ts';
import { settingsJsonSchema } from './settings.ts';

writeFileSync(join(DEPLOYMENTS, 'schema.json'), `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
