// When the server made this page: as long as it stays the same, the page came from the cache.
export function Rendered() {
  return (
    <footer>
      Rendered at <time>{new Date().toISOString()}</time>
    </footer>
  );
}
