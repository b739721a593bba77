import { describe, expect, test } from 'vitest';
import { everyPage, PAGE_SIZE, type Page } from '../../../src/cloud/paging.ts';
import { settled } from '../fake-clock.ts';

interface Item {
  id: number;
}

const items = (count: number): Item[] => Array.from({ length: count }, (_, index) => ({ id: index + 1 }));

/** A list that answers pages as DigitalOcean does; `between` changes it after the n-th request. */
function listed(list: Item[], between: (asked: number, list: Item[]) => void = () => {}) {
  const pages: number[] = [];
  const fetch = async (page: number): Promise<Page<Item>> => {
    pages.push(page);
    const items = list.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
    const answer = { items, held: items.length, total: list.length };
    between(pages.length, list);
    return answer;
  };
  return { fetch, pages };
}

describe('every page of a list', () => {
  test('10,000 droplets: 50 requests, in order, each once', async () => {
    const { fetch, pages } = listed(items(10_000));
    expect(await everyPage('things', fetch)).toEqual(items(10_000));
    expect(pages).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  test.each([
    [0, 1],
    [1, 1],
    [200, 1],
    [201, 2],
  ])('%i items take %i requests', async (count, requests) => {
    const { fetch, pages } = listed(items(count));
    expect(await everyPage('things', fetch)).toEqual(items(count));
    expect(pages).toHaveLength(requests);
  });

  test('at most eight requests are under way at a time, and answers may come in any order', async () => {
    const { fetch } = listed(items(4_000));
    let [open, most] = [0, 0];
    const slow = async (page: number) => {
      most = Math.max(most, ++open);
      for (let turn = 0; turn < 1 + ((page * 7) % 5); turn++) await settled();
      open--;
      return fetch(page);
    };
    expect(await everyPage('things', slow)).toEqual(items(4_000));
    expect(most).toBe(8);
  });

  test('an item that is on two pages, since another came before it, is there once', async () => {
    const { fetch, pages } = listed(items(400), (asked, list) => {
      if (asked === 1) list.unshift({ id: 999 });
    });
    const ids = (await everyPage('things', fetch)).map(({ id }) => id);
    expect(ids).toEqual([999, ...items(400).map(({ id }) => id)]);
    // Read once more, and then there were three pages.
    expect(pages).toEqual([1, 2, 1, 2, 3]);
  });

  test('an item that slipped to a page that was read already is found: the list is read once more', async () => {
    const { fetch, pages } = listed(items(400), (asked, list) => {
      if (asked === 1) list.splice(4, 1);
    });
    const ids = (await everyPage('things', fetch)).map(({ id }) => id);
    expect(ids).toEqual(items(400).flatMap(({ id }) => (id === 5 ? [] : [id])));
    expect(pages).toEqual([1, 2, 1, 2]);
  });

  test('a list that never holds still is read twice, no more', async () => {
    const { fetch, pages } = listed(items(400), (asked, list) => list.unshift({ id: 1000 + asked }));
    await everyPage('things', fetch);
    expect(pages.filter((page) => page === 1)).toHaveLength(2);
  });

  test('items without an id are told apart by their slug', async () => {
    const sizes = Array.from({ length: 250 }, (_, index) => ({ slug: `size-${index}` }));
    const fetch = async (page: number) => {
      const items = sizes.slice((page - 1) * 200, page * 200);
      return { items, held: items.length, total: 250 };
    };
    expect(await everyPage('things', fetch)).toEqual(sizes);
  });

  test('a page that fails fails the list', async () => {
    const { fetch } = listed(items(4_000));
    const broken = (page: number) => (page === 7 ? Promise.reject(new Error('no page 7')) : fetch(page));
    await expect(everyPage('things', broken)).rejects.toThrow('no page 7');
  });
});
