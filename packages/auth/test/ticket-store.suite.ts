import { Rejection } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import type { TicketStore } from '../src/index.js'

/** A store under test, and how its time goes on. */
export interface StoreUnderTest {
  readonly store: TicketStore
  advance(milliseconds: number): Promise<void>
  /** Room for how many; undefined where the store sets no bound itself. */
  readonly max?: number
}

/** What every ticket store does. Ids are fresh, so that stores may be shared. */
export function describeTicketStore(
  name: string,
  make: () => StoreUnderTest | Promise<StoreUnderTest>,
): void {
  const id = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')

  describe(`${name}, a ticket store`, () => {
    it('answers what it was given, once', async () => {
      const { store } = await make()
      const [one, other] = [id(), id()]
      await store.put(one, '{"a":"ü\\u0000"}', 60_000)
      await store.put(other, '{"b":2}', 60_000)
      expect(await store.take(one)).toBe('{"a":"ü\\u0000"}')
      expect(await store.take(one)).toBeUndefined()
      expect(await store.take(other)).toBe('{"b":2}')
    })

    it('has nothing under an id that nobody gave', async () => {
      const { store } = await make()
      for (const unknown of [id(), '__proto__', 'constructor'])
        expect(await store.take(unknown)).toBeUndefined()
    })

    it('gives one of many takers at once what it has', async () => {
      const { store } = await make()
      const one = id()
      await store.put(one, '{}', 60_000)
      const taken = await Promise.all(Array.from({ length: 20 }, () => store.take(one)))
      expect(taken.filter((value) => value !== undefined)).toEqual(['{}'])
    })

    it('forgets it at its time', async () => {
      const { store, advance } = await make()
      const [one, other] = [id(), id()]
      await store.put(one, '{}', 1_000)
      await store.put(other, '{}', 60_000)
      await advance(1_001)
      expect(await store.take(one)).toBeUndefined()
      expect(await store.take(other)).toBe('{}')
    })

    it('has a bound, and room again when something was taken or has expired', async ({ skip }) => {
      const { store, advance, max } = await make()
      if (max === undefined) return skip('this store has no bound of its own')
      const ids = Array.from({ length: max }, id)
      for (const [index, each] of ids.entries()) await store.put(each, '{}', 10_000 + index)
      await expect(store.put(id(), '{}', 10_000)).rejects.toBeInstanceOf(Rejection)
      await store.take(ids[1] ?? '')
      await store.put(id(), '{}', 60_000)
      await expect(store.put(id(), '{}', 10_000)).rejects.toMatchObject({ status: 503 })
      await advance(10_000)
      await store.put(id(), '{}', 60_000)
      await expect(store.put(id(), '{}', 60_000)).rejects.toMatchObject({ status: 503 })
    })
  })
}
