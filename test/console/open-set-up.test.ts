import { describe, expect, test } from '@jest/globals';
import type { ChecklistItem } from '../../functions/console/page/data/api-types.ts';
import { openSetUp } from '../../functions/console/page/settings/open-set-up.ts';

const item = (name: ChecklistItem['item'], done: boolean | null, more: Partial<ChecklistItem> = {}): ChecklistItem => ({
  item: name,
  done,
  text: 'As it is',
  agent_ids: [],
  ...more,
});
const KEY = item('api_key', true);
const TOKEN = item('token', null, { optional: true });
const WEBHOOK = item('webhook', false);
const ALARM_MAIL = item('alarm_mail', null);

describe('the set-up on the overview', () => {
  test('lists what is to do and what is not known, and counts what is needed', () => {
    expect(openSetUp([KEY, TOKEN, WEBHOOK, ALARM_MAIL])).toEqual({ items: [WEBHOOK, ALARM_MAIL], done: 1, needed: 3 });
  });

  test('leaves once nothing is to do, whatever is optional or cannot be known', () => {
    expect(openSetUp([KEY, TOKEN, { ...WEBHOOK, done: true }, ALARM_MAIL])).toBeNull();
    expect(openSetUp([])).toBeNull();
  });
});
