// Bounded work side by side, so that one subscription never floods a registry: `images` and `pushed-tags` call it.

/** The results in the order of `items`. With the first rejection nothing more is begun, and it is passed on. */
export async function mapSideBySide<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  let isBroken = false;
  const worker = async () => {
    while (!isBroken && next < items.length) {
      const place = next++;
      try {
        results[place] = await work(items[place] as T);
      } catch (error) {
        isBroken = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}
