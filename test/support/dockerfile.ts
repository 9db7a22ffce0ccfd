/** An instruction of a Dockerfile, with what follows its word. */
export interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** One `FROM` with what belongs to it. */
export interface BuildStage {
  readonly image: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile, in order. */
export function stagesIn(text: string): readonly BuildStage[] {
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const { word, rest } of instructionsIn(text)) {
    const [image = '', as, name] = rest.split(/\s+/);
    if (word === 'FROM') stages.push({ image, name: as === 'AS' ? name : undefined, instructions: [] });
    else if (stages.length === 0) throw new Error(`${word} stands before the first FROM.`);
    else stages.at(-1)?.instructions.push({ word, rest });
  }
  return stages;
}

function instructionsIn(text: string): readonly Instruction[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const joined = lines.join('\n').replaceAll(/\\\n\s*/g, '');
  return joined.split('\n').map((line) => {
    const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (word === '') throw new Error(`This is no instruction: ${line}`);
    return { word, rest };
  });
}

/** What follows the only instruction of a word; `undefined` if there is none. */
export function onlyOf({ instructions }: BuildStage, word: string): string | undefined {
  const [first, ...others] = instructions.filter((instruction) => instruction.word === word);
  if (others.length > 0) throw new Error(`${word} stands there more than once.`);
  return first?.rest;
}

/** A command in the form that needs no shell. */
export function execForm(text: string): readonly string[] {
  const words: unknown = JSON.parse(text);
  if (!Array.isArray(words) || words.length === 0) throw new Error(`This is no command without a shell: ${text}`);
  return words.map(String);
}
