declare const brand: unique symbol;

/**
 * A page as the tables of one worker number it: dense, reused once the page is gone. Valid for a caller
 * from `hold` or `seal` to the matching `letGo` or `outOfWindow`.
 */
export type PageHandle = number & { readonly [brand]: 'PageHandle' };

export const pageHandle = (index: number): PageHandle => index as PageHandle;
