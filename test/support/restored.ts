import { expect } from '@jest/globals';
import { Table } from '../../src/core/tally/table.js';

interface Packs<Packed> {
  pack(): Packed;
}

/** Something that remembers: how it is made, of nothing or of what was packed, and what it answers to a step. */
interface Life<One extends Packs<Packed>, Packed, Step> {
  readonly create: (packed?: Packed) => One;
  readonly take: (one: One & Packs<Packed>, step: Step) => unknown;
  /** All that it holds, to be compared; by default its fields. */
  readonly holds?: (one: One) => unknown;
}

/**
 * Takes steps, and before some of them packs what is there: whoever goes on after that, and whoever is made of what was
 * packed, answer as if nothing had happened, and hold the same in each field.
 */
export function expectRestorable<One extends Packs<Packed>, Packed, Step>(
  { create, take, holds = (one) => one }: Life<One, Packed, Step>,
  steps: readonly Step[],
  cuts: readonly number[],
): void {
  const unbroken = create();
  const goingOn = create();
  let restored = create();
  const packed: Packed[] = [];
  const atFirst: Packed[] = [];
  for (const [index, step] of steps.entries()) {
    if (cuts.includes(index)) {
      const carried = structuredClone(restored.pack());
      restored = create(carried);
      packed.push(goingOn.pack(), carried);
      atFirst.push(...structuredClone(packed.slice(-2)));
      expect(holds(restored)).toEqual(holds(goingOn));
    }
    const answer = take(unbroken, step);
    expect(take(goingOn, step)).toEqual(answer);
    expect(take(restored, step)).toEqual(answer);
  }
  // What was packed is not what is lived with.
  expect(packed).toEqual(atFirst);
}

/** The rows of a table and its error: how many keys it has seen is packed by those only that ask for it. */
const rowsAndErrorOf = <C extends string>(table: Table<C>) => ({ ...table.packAll(), seen: undefined });

// Their arrays may have room to spare.
expect.addEqualityTesters([
  function areSameTables(a: unknown, b: unknown) {
    return a instanceof Table && b instanceof Table ? this.equals(rowsAndErrorOf(a), rowsAndErrorOf(b)) : undefined;
  },
]);
