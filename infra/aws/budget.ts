import type { Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Settings } from './settings.ts';

const PERCENT = [80, 100];

/** Counts the resources with the deployment's tag, once it is activated as a cost allocation tag. */
export function addBudget(stack: Stack, { name, alarmEmail }: Settings, dollars: number): void {
  const subscribers = alarmEmail === undefined ? [] : [{ subscriptionType: 'EMAIL', address: alarmEmail }];
  new CfnBudget(stack, 'Budget', {
    budget: {
      budgetName: name,
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: dollars, unit: 'USD' },
      costFilters: { TagKeyValue: [`user:application$${name}`] },
    },
    notificationsWithSubscribers: (subscribers.length === 0 ? [] : PERCENT).map((threshold) => ({
      notification: {
        notificationType: 'ACTUAL',
        comparisonOperator: 'GREATER_THAN',
        threshold,
        thresholdType: 'PERCENTAGE',
      },
      subscribers,
    })),
  });
}
