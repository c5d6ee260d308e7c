import { describe, expect, it } from 'vitest'
import { named } from '../src/named.js'

describe('named', () => {
  it('gives a function its name, and answers it', () => {
    const call = (): string => 'called'
    const same = named('gate', call)
    expect(same).toBe(call)
    expect([same.name, same()]).toEqual(['gate', 'called'])
  })
})
