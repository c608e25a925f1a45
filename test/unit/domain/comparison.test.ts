import { describe, expect, test } from '@jest/globals';
import type { Agent, Observation } from '../../../shared/domain/agent.ts';
import { listedEntries, passesRules, rulesFingerprint } from '../../../shared/domain/comparison.ts';
import { compileNamePatterns } from '../../../shared/domain/eligibility.ts';
import { agentOf, listedOf, MODIFIED, observationOf, RULES } from './builders.ts';

const listing = (...agents: Parameters<typeof listedOf>[0][]) =>
  new Map(agents.map((given) => [listedOf(given).agent_id, listedOf(given)]));
const observed = (...agents: Agent[]) =>
  new Map(agents.map((agent): [string, Observation] => [agent.agent_id, observationOf(agent)]));

const SUPPORT = agentOf({ agent_name: 'Support' });

describe('an entry of the comparison', () => {
  test.each([
    ['an eligible agent', listing({}), observed(), 'Bob', MODIFIED],
    ['an agent that is listed as chat', listing({ channel: 'chat' }), observed(), null, null],
    ['an agent without a name', listing({ agent_name: null }), observed(), null, null],
    ['an agent that has another name by now', listing({}), observed(agentOf({ agent_name: 'Lisa' })), 'Lisa', MODIFIED],
    ['an agent that is not eligible by now', listing({}), observed(SUPPORT), 'Bob', MODIFIED],
    ['an agent that is eligible by now', listing({ agent_name: 'Support' }), observed(agentOf()), 'Bob', null],
    ['an agent that is not listed', listing(), observed(agentOf()), 'Bob', null],
  ])('of %s has its name and what it must match', (_, listed, observations, name, stamp) => {
    expect(listedEntries(listed, observations, RULES)).toEqual([{ agent_id: 'agent_1', name, stamp }]);
  });

  test.each([
    ['is not eligible', observed(SUPPORT)],
    ['is gone', new Map([['agent_1', observationOf(null)]])],
  ])('is left out for an agent that is not listed and %s', (_, observations) => {
    expect(listedEntries(listing(), observations, RULES)).toEqual([]);
  });

  test('must not be left out for agents that share a name', () => {
    const listed = listing({}, { agent_id: 'agent_2' }, { agent_id: 'agent_3', agent_name: 'Lisa' });
    const entries = listedEntries(listed, observed(agentOf({ agent_id: 'agent_4', agent_name: 'Flow' })), RULES);
    expect(entries.map(({ agent_id, stamp }) => [agent_id, stamp])).toEqual([
      ['agent_1', null],
      ['agent_2', null],
      ['agent_3', MODIFIED],
      ['agent_4', null],
    ]);
  });

  test('must not be left out for an agent that shares its name with an agent outside the listing', () => {
    const [entry] = listedEntries(listing({}), observed(agentOf({ agent_id: 'agent_9' })), RULES);
    expect(entry).toEqual({ agent_id: 'agent_1', name: 'Bob', stamp: null });
  });
});

describe('the rules', () => {
  test.each<[string, Agent | null, boolean]>([
    ['an eligible agent', agentOf(), true],
    ['an agent that is gone', null, false],
    ['an agent without a voice', agentOf({ voice_id: null }), false],
    ['an agent whose webhook is elsewhere', agentOf({ webhook_url: 'https://elsewhere.example' }), false],
    ['an agent that sends no calls', agentOf({ webhook_events: ['chat_started'] }), false],
  ])('judge %s', (_, agent, passes) => {
    expect(passesRules(agent, RULES)).toBe(passes);
  });

  test('have equal fingerprints for equal patterns only', () => {
    const fingerprint = (...words: string[]) => rulesFingerprint({ namePatterns: compileNamePatterns(words) });
    expect(fingerprint('bob', 'lisa', 'flow')).toBe(rulesFingerprint(RULES));
    expect(fingerprint('bob', 'lisa')).not.toBe(rulesFingerprint(RULES));
    expect(rulesFingerprint(RULES)).not.toBe(
      rulesFingerprint({ namePatterns: new RegExp(RULES.namePatterns.source, 'u') }),
    );
    // Another value means that agents are judged again which the rules had passed; if the rules' code changes, raise
    // the version instead.
    expect(rulesFingerprint(RULES)).toMatch(/^[\w-]{22}$/);
  });
});
