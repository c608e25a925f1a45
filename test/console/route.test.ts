import { describe, expect, test } from '@jest/globals';
import { href, hrefWithDrawer, openDrawer, parseRoute } from '../../functions/console/page/routing/route.ts';

describe('the address of the page', () => {
  test('holds the view and its parameters', () => {
    expect(parseRoute('#/agents?search=lisa+%26+bob&state=skipped')).toEqual({
      view: 'agents',
      params: { search: 'lisa & bob', state: 'skipped' },
    });
  });

  test.each(['', '#', '#/', '#/nowhere', '#/%E0%A4%A', '#main'])('%j is the overview', (hash) => {
    expect(parseRoute(hash)).toEqual({ view: 'overview', params: {} });
  });

  test('survives formatting and parsing', () => {
    const params = { search: 'a?b#c/d=e&f%+ü', state: 'in_step' };
    expect(parseRoute(href('agents', params))).toEqual({ view: 'agents', params });
  });

  test('omits parameters without a value', () => {
    expect(href('agents', { search: '', state: null })).toBe('#/agents');
  });

  test('holds at most one drawer and keeps the other parameters', () => {
    const route = parseRoute('#/agents?state=skipped&agent=agent_1');
    expect(openDrawer(route)).toEqual({ kind: 'agent', id: 'agent_1' });
    expect(hrefWithDrawer(route, { kind: 'run', id: '7' })).toBe('#/agents?state=skipped&run=7');
    expect(hrefWithDrawer(route, null)).toBe('#/agents?state=skipped');
  });
});
