/** 10000 as "10,000". */
export function countText(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** A share such as 0.21164 as "21.16 %". */
export function shareText(share: number, decimals = 2): string {
  return `${(share * 100).toFixed(decimals)} %`;
}

/** 1500 as "1.5k", 2000000 as "2M": for the axes of plots. */
export function shortCountText(count: number): string {
  if (count >= 1e6) return `${Number((count / 1e6).toPrecision(3))}M`;
  return count >= 1e3 ? `${Number((count / 1e3).toPrecision(3))}k` : String(Number(count.toPrecision(3)));
}

/** Milliseconds, as seconds from 10 s on. */
export function timeText(ms: number): string {
  if (ms >= 10_000) return `${countText(ms / 1000)} s`;
  return `${ms >= 100 ? countText(ms) : Number(ms.toPrecision(3))} ms`;
}
