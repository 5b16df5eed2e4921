/** Attention modes as flags and reports name them. */
export const attentionKinds = ['exact', 'sinks', 'top-pages', 'heavy-hitters'] as const;
export type AttentionKind = (typeof attentionKinds)[number];
