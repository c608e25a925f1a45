/** Says what is being loaded. */
export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status" aria-busy="true">
      Loading {what} …
    </p>
  );
}
