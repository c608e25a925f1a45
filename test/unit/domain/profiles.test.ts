import { expect, test } from '@jest/globals';
import { profileFor } from '../../../shared/domain/profiles.ts';

test.each(['Lisa', 'Explorer Lisa', ' explorer LISA '])('%j has the profile of FoloUp', (name) => {
  expect(profileFor(name)).toEqual({
    description:
      "Hi! I'm Lisa, an enthusiastic and empathetic interviewer who loves to explore. With a perfect balance of empathy and rapport, I delve deep into conversations while maintaining a steady pace.",
    image: '/interviewers/Lisa.png',
    audio: 'Lisa.wav',
    rapport: 7,
    exploration: 10,
    empathy: 7,
    speed: 5,
  });
});

test.each(['Bob', 'Empathetic Bob'])('%s has the profile of FoloUp', (name) => {
  expect(profileFor(name)).toEqual({
    description:
      "Hi! I'm Bob, your go-to empathetic interviewer. I excel at understanding and connecting with people on a deeper level, ensuring every conversation is insightful and meaningful.",
    image: '/interviewers/Bob.png',
    audio: 'Bob.wav',
    rapport: 7,
    exploration: 7,
    empathy: 10,
    speed: 5,
  });
});

test('any other name has the default profile', () => {
  expect(profileFor('Bobby')).toEqual({
    description: 'Bobby - A professional AI interviewer ready to conduct insightful conversations.',
    image: '/user-icon.png',
    audio: null,
    rapport: 7,
    exploration: 8,
    empathy: 7,
    speed: 5,
  });
});
