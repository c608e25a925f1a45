/** The composition root: from the environment to everything that a use case needs. Lazy, once a process. */
import { commaList } from './comma-list.ts';
import type { Config } from './config.ts';
import { ENVIRONMENT } from './contract.ts';
import {
  type CoreServices,
  composeCoreServices,
  coreServices,
  provideCoreServices,
  required,
} from './core-services.ts';
import { createEventPublisher, type EventPublisher } from './events.ts';
import { createRetell, type Retell } from './retell/client.ts';
import type { Secrets } from './secrets/secrets.ts';

export interface Services extends CoreServices {
  readonly retell: Retell;
  readonly events: EventPublisher;
  now(): Date;
  /** Every key that a webhook may be signed with. */
  webhookKeys(): Promise<readonly string[]>;
}

type Replacements = Partial<Pick<Services, 'events' | 'log' | 'now' | 'retell'>>;

let current: Services | undefined;

/** The services of this process. Throws ConfigError on the first call when a setting is bad. */
export function services(): Services {
  current ??= withRetell(coreServices());
  return current;
}

/** Puts services of one's own in place (the local server's, a test's); undefined: compose them anew when next asked. */
export function provideServices(provided: Services | undefined): void {
  current = provided;
  provideCoreServices(provided);
}

export function composeServices(config: Config, replacements: Replacements = {}): Services {
  return withRetell(composeCoreServices(config, replacements), replacements);
}

function withRetell(core: CoreServices, replacements: Replacements = {}): Services {
  const { config, secrets, log } = core;
  return {
    ...core,
    retell: replacements.retell ?? retell(config, secrets),
    events: replacements.events ?? createEventPublisher(config.eventBusName, log),
    now: replacements.now ?? (() => new Date()),
    webhookKeys: () => webhookKeys(config, secrets),
  };
}

function retell(config: Config, secrets: Secrets): Retell {
  // Missed only when it is used: a function that asks Retell nothing is given no key.
  const source = () => required(config.retellApiKey, ENVIRONMENT.retellApiKey);
  return createRetell({
    apiKey: async () => secrets.read(source()),
    refreshApiKey: async () => secrets.refresh(source()),
    baseUrl: config.retellBaseUrl ?? undefined,
    concurrency: config.retellConcurrency,
    agentVersion: config.agentVersion,
  });
}

async function webhookKeys(config: Config, secrets: Secrets): Promise<readonly string[]> {
  const text = await secrets.read(config.webhookSecret ?? required(config.retellApiKey, ENVIRONMENT.retellApiKey));
  return commaList(text);
}
