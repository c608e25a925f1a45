import { join } from 'node:path';
import type { NewStoredAgent } from './retell-simulator/account.ts';

/** Keeps the account between starts. */
export function accountFile(project: string): string {
  return join(project, '.local', 'retell-account.json');
}

const DAY = 24 * 60 * 60 * 1000;
const FIRST_DAY = Date.UTC(2026, 8, 1, 9, 30);

/** Days after the first: the account's past is the same at every start. */
function day(number: number): number {
  return FIRST_DAY + number * DAY;
}

/** The sample agents: one of each kind that occurs in real accounts. */
export const SAMPLE_AGENTS: readonly NewStoredAgent[] = [
  {
    agent_id: 'agent_1f0c6a9d84e2b7350d91c4f8a2',
    agent_name: 'Explorer Lisa',
    voice_id: '11labs-Chloe',
    published: true,
    tags: { prod: 0 },
    modified_at: day(0),
  },
  {
    agent_id: 'agent_2b7d51e8c03f96a4728e1db5c7',
    agent_name: 'Empathetic Bob',
    voice_id: '11labs-Brian',
    published: true,
    modified_at: day(1),
  },
  {
    agent_id: 'agent_3c94e07ab162d85f3b40a7e91d',
    agent_name: 'Lisa',
    voice_id: '11labs-Dorothy',
    language: 'en-GB',
    modified_at: day(4),
  },
  // An unpublished draft over the published version.
  {
    agent_id: 'agent_4d06b2f7913c8ea57d52f90b3e',
    agent_name: 'Technical interview, backend',
    voice_id: 'openai-Alloy',
    published: true,
    draft: { agent_name: 'Technical interview, backend (trying a warmer start)', voice_id: 'openai-Nova' },
    modified_at: day(9),
  },
  {
    agent_id: 'agent_5e81c93d640ba7f2891736cd4f',
    agent_name: 'Graduate conversation flow',
    voice_id: 'retell-Cimo',
    response_engine: { type: 'conversation-flow', conversation_flow_id: 'conversation_flow_7a1be29f04d3', version: 3 },
    published: true,
    modified_at: day(12),
  },
  {
    agent_id: 'agent_6f3a7d20e59b148c6e0d82f7b5',
    agent_name: 'Interview en español y português',
    voice_id: '11labs-Carola',
    language: ['es-ES', 'pt-BR'],
    modified_at: day(15),
  },
  // Two agents with the same name.
  {
    agent_id: 'agent_708d1f46c2a9e53b94b67ae0d1',
    agent_name: 'Sales role interview',
    voice_id: '11labs-Adrian',
    published: true,
    modified_at: day(20),
  },
  {
    agent_id: 'agent_81be50c7f3d6924a0c85e3b97f',
    agent_name: 'Sales role interview',
    voice_id: '11labs-Adrian',
    modified_at: day(21),
  },
  {
    agent_id: 'agent_92cf64a18d0e7b35f1973d5e06',
    agent_name: `Bob's "culture fit" 🎧 interview`,
    voice_id: '11labs-Anthony',
    modified_at: day(27),
  },
  // No voice chosen yet.
  {
    agent_id: 'agent_a3d8e5b2074f19c6d204bf8a71',
    agent_name: 'Interview draft without a voice',
    voice_id: '',
    modified_at: day(30),
  },
  // Names that match no pattern of interviewers.
  {
    agent_id: 'agent_b4e19f7c5602da8371e8c03d96',
    agent_name: 'Billing support',
    voice_id: '11labs-Myra',
    published: true,
    modified_at: day(33),
  },
  { agent_id: 'agent_c5f20a8d36b17e94e5619d4ba0', agent_name: 'Appointment reminder', modified_at: day(35) },
  { agent_id: 'agent_d602b19e47c8f5a3067a2e5fc1', agent_name: null, modified_at: day(40) },
  {
    agent_id: 'agent_e713c20f58d9a6b4178b3f60d2',
    agent_name: 'Website chat',
    channel: 'chat',
    modified_at: day(41),
  },
];
