/** Conversations whose next turn is waited for; of more the one that ended first is forgotten. */
export const conversationsMax = 4096;
/** Part of the tier that they are brought to which the blocks of one conversation may take. */
export const followUpShareMax = 0.5;
