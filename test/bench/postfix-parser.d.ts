declare module 'postfix-parser' {
  /** What a line of syslog says; nothing where the parser does not know its program or its text. */
  export function asObject(line: string): object | undefined;
}
