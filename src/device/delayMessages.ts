/** The words that a delay thread shares with those who ask it. */
export const delayWords = { asked: 0, delayUs: 1, slept: 2, never: 3 } as const;

export const delayWordCount = 4;
