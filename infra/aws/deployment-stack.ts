/** What all stacks of a deployment have in common. */
import { CfnParameter, CfnRule, CrossStackReferences, Fn, type ReferenceStrength, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';

interface StackOptions {
  readonly description: string;
  readonly terminationProtection?: boolean;
  /** The strength of its references to other stacks; strong unless given. */
  readonly references?: ReferenceStrength;
}

/** The stack `id` of a deployment, for its account and region. */
export class DeploymentStack extends Stack {
  readonly #zones: readonly string[] | undefined;

  constructor(scope: Construct, id: string, deployment: Deployment, { references, ...options }: StackOptions) {
    const { name, account, region, availabilityZones } = deployment.settings;
    super(scope, id, {
      ...options,
      stackName: `${name}-${id.toLowerCase()}`,
      env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
    });
    this.#zones = availabilityZones;
    if (references !== undefined) CrossStackReferences.of(this).consume(references);
    if (deployment.isExample) refuseExample(this);
  }

  /** Resolved by CloudFormation: CDK would look them up, which needs credentials, once the region is known. */
  override get availabilityZones(): string[] {
    return [...(this.#zones ?? [0, 1].map((index) => Fn.select(index, Fn.getAzs())))];
  }
}

/** Examples hold placeholders for ids and names. */
function refuseExample(stack: Stack): void {
  const parameter = new CfnParameter(stack, 'Example', { default: 'yes', allowedValues: ['yes'] });
  new CfnRule(stack, 'ExamplesAreNotDeployed', {
    assertions: [
      {
        assert: Fn.conditionEquals(parameter.valueAsString, 'no'),
        assertDescription:
          'This is an example, with ids and names that are not yours. Run: npm run deploy:init, which writes deployments/<name>.json and prints the commands that deploy it.',
      },
    ],
  });
}

/**
 * The CDK CLI keeps the value of a parameter from one deployment to the next, so this parameter still has the kind of
 * database that the stack was created with when the settings name another.
 */
export function refuseOtherDatabase(stack: Stack, deployment: Deployment): void {
  const kind = deployment.settings.database.kind === 'rds' ? 'rds' : 'own';
  const parameter = new CfnParameter(stack, 'DatabaseInUse', {
    default: kind,
    allowedValues: ['own', 'rds'],
    description: 'The kind of database that this deployment works on. It changes only when it is given.',
  });
  new CfnRule(stack, 'DatabaseStaysTheSame', {
    assertions: [
      {
        assert: Fn.conditionEquals(parameter.valueAsString, kind),
        assertDescription: `The settings move this deployment to another database (now: ${kind}), and no rows move with it. If that is meant, deploy with: --parameters ${stack.stackName}:DatabaseInUse=${kind}`,
      },
    ],
  });
}
