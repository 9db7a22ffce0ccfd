/** What stands at the end of a path in data from outside; `undefined` where the path leads nowhere. */
export function member(data: unknown, ...path: readonly string[]): unknown {
  let value = data;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}
