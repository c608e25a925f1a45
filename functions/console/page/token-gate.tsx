import { useEffect, useRef, useState } from 'preact/hooks';
import { keepToken } from './session-token.ts';

/** Asks for the token once; it is kept for the browser session only. `refused`: one was given, and it is not the one. */
export function TokenGate({ refused, onToken }: { refused: boolean; onToken: () => void }) {
  const [token, setToken] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const enter = (event: Event) => {
    event.preventDefault();
    keepToken(token.trim());
    onToken();
  };
  return (
    <main class="gate">
      <form onSubmit={enter}>
        <h1>Voice agent sync</h1>
        <p>This service asks for a token: the value of SYNC_AUTH_TOKEN. It stays in this tab until you close it.</p>
        <label for="token">Access token</label>
        <input
          id="token"
          ref={input}
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={token}
          aria-describedby={refused ? 'refused' : undefined}
          aria-invalid={refused}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        {refused && (
          <p id="refused" class="refused" role="alert">
            That token was refused. Check it and try again.
          </p>
        )}
        <button type="submit" class="button primary">
          Continue
        </button>
      </form>
    </main>
  );
}
