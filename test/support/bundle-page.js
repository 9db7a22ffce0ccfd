/** Makes the browser's part of a report anew, before all tests. */
export default async function bundlePage() {
  await import('../../esbuild.config.js');
}
