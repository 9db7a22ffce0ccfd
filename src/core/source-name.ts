/** The name of a topic's partition as a source: `topic/partition`. */
export function sourceOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** The partition of a name. No topic has a slash in its name. */
export function partitionOfSource(source: string): { readonly topic: string; readonly partition: number } {
  const slash = source.lastIndexOf('/');
  return { topic: source.slice(0, slash), partition: Number(source.slice(slash + 1)) };
}
