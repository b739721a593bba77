// What a cluster costs now and after a plan is applied. Pure.

/** USD a month. `least`: some prices are not known, and the sum is of the others. */
export interface Cost {
  monthly: number;
  least: boolean;
}

/** The sum of prices, of which some may not be known. */
export const costOf = (prices: readonly (number | undefined)[]): Cost => ({
  monthly: prices.reduce<number>((sum, price) => sum + (price ?? 0), 0),
  least: prices.includes(undefined),
});

/** `12.00`, or `?` where it is not known. */
export const priceText = (price: number | undefined): string => price?.toFixed(2) ?? '?';

/** `12.00`, or `at least 12.00` where some prices are not known. */
export const costText = ({ monthly, least }: Cost): string => `${least ? 'at least ' : ''}${monthly.toFixed(2)}`;
