import type { App } from 'aws-cdk-lib';
import { Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type Data, dataStack } from './data-stack.ts';
import type { Deployment } from './deployment.ts';
import { type Monitoring, monitoringStack } from './monitoring-stack.ts';
import { type Service, serviceStack } from './service-stack.ts';

export interface Stacks {
  /** null: the team has its own database. */
  readonly data: Data | null;
  readonly service: Service;
  readonly monitoring: Monitoring;
}

/** The whole system. A finding of cdk-nag that is neither fixed nor acknowledged fails the synthesis. */
export function createStacks(app: App, deployment: Deployment): Stacks {
  const { settings } = deployment;
  const data = settings.database.kind === 'rds' ? dataStack(app, deployment, settings.database) : null;
  const service = serviceStack(app, deployment, data);
  const monitoring = monitoringStack(app, deployment, service, data);
  // Except the dashboard, which accepts tags only in some regions.
  Tags.of(app).add('application', settings.name, { excludeResourceTypes: ['AWS::CloudWatch::Dashboard'] });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { data, service, monitoring };
}
