/** The profile of a new row's interviewer. The platform owns these fields: they are set once and never overwritten. */

export interface Profile {
  readonly description: string;
  readonly image: string;
  readonly audio: string | null;
  readonly empathy: number;
  readonly exploration: number;
  readonly rapport: number;
  readonly speed: number;
}

const LISA: Profile = {
  description:
    "Hi! I'm Lisa, an enthusiastic and empathetic interviewer who loves to explore. With a perfect balance of empathy and rapport, I delve deep into conversations while maintaining a steady pace.",
  image: '/interviewers/Lisa.png',
  audio: 'Lisa.wav',
  rapport: 7,
  exploration: 10,
  empathy: 7,
  speed: 5,
};

const BOB: Profile = {
  description:
    "Hi! I'm Bob, your go-to empathetic interviewer. I excel at understanding and connecting with people on a deeper level, ensuring every conversation is insightful and meaningful.",
  image: '/interviewers/Bob.png',
  audio: 'Bob.wav',
  rapport: 7,
  exploration: 7,
  empathy: 10,
  speed: 5,
};

/** FoloUp's two interviewers, by their names in the platform and by their agents' names in Retell. */
const KNOWN: ReadonlyMap<string, Profile> = new Map([
  ['explorer lisa', LISA],
  ['lisa', LISA],
  ['empathetic bob', BOB],
  ['bob', BOB],
]);

export function profileFor(name: string): Profile {
  return (
    KNOWN.get(name.trim().toLowerCase()) ?? {
      description: `${name} - A professional AI interviewer ready to conduct insightful conversations.`,
      image: '/user-icon.png',
      audio: null,
      rapport: 7,
      exploration: 8,
      empathy: 7,
      speed: 5,
    }
  );
}
