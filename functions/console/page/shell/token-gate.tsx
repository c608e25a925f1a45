import { useEffect, useRef, useState } from 'preact/hooks';
import { keepToken } from '../data/access-token.ts';

/** Asks for the access token. `refused`: the service refused the entered token. */
export function TokenGate({ refused, onToken }: { refused: boolean; onToken: () => void }) {
  const [token, setToken] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const enter = (event: Event) => {
    event.preventDefault();
    keepToken(token.trim().replace(/^Authorization: Bearer /i, ''));
    onToken();
  };
  return (
    <main class="gate">
      <form class="panel" onSubmit={enter}>
        <h1>Voice agent sync</h1>
        <p>
          Enter the access token: the value of SYNC_AUTH_TOKEN, or what <code>npm start</code> keeps in{' '}
          <code>.local/authorization</code>. It stays in this tab until you close it.
        </p>
        <label>
          Access token
          <input
            ref={input}
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            value={token}
            {...(refused ? { 'aria-describedby': 'refused', 'aria-invalid': 'true' } : {})}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        {refused && (
          <p id="refused" class="refused bad" role="alert">
            That token was refused. Check it and try again.
          </p>
        )}
        <button type="submit">Continue</button>
      </form>
    </main>
  );
}
