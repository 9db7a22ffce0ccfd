/** 1 for a character that can stand in a word: everything that is neither a blank nor one of `:,;[](){}<>="'`. */
export const IN_WORD = new Uint8Array(256).fill(1, 33);
for (const separator of ':,;[](){}<>="\'') IN_WORD[separator.charCodeAt(0)] = 0;
