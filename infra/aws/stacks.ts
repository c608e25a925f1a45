import type { App } from 'aws-cdk-lib';
import { Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type Data, dataStack } from './data-stack.ts';
import { type Monitoring, monitoringStack } from './monitoring-stack.ts';
import { type Service, serviceStack } from './service-stack.ts';
import type { Settings } from './settings.ts';

export interface Stacks {
  /** null: the team has a database. */
  readonly data: Data | null;
  readonly service: Service;
  readonly monitoring: Monitoring;
}

/** The whole system. A finding of cdk-nag that is neither mended nor acknowledged fails the synthesis. */
export function createStacks(app: App, settings: Settings): Stacks {
  const data = settings.existingDatabaseSecret === undefined ? dataStack(app, settings) : null;
  const service = serviceStack(app, settings, data);
  const monitoring = monitoringStack(app, settings, service, data);
  Tags.of(app).add('application', settings.name);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { data, service, monitoring };
}
