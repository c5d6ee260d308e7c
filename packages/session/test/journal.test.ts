import { describe, expect, it } from 'vitest'
import { Journal } from '../src/journal.js'

function filled(count: number): Journal {
  const journal = new Journal()
  for (let i = 0; i < count; i += 1) journal.add({ kind: 'set', key: 'n', value: i })
  return journal
}

function valuesIn(journal: Journal): unknown[] {
  const values: unknown[] = []
  journal.replay((change) => values.push(change.kind === 'set' ? change.value : undefined) > 0)
  return values
}

describe('Journal', () => {
  it('keeps what was added while a write was under way', () => {
    const journal = filled(2)
    const count = journal.sent('a')
    journal.add({ kind: 'set', key: 'n', value: 'later' })
    journal.wrote(count)
    expect(valuesIn(journal)).toEqual(['later'])
  })

  it('drops what a write without an answer turns out to have written', () => {
    const journal = filled(2)
    journal.sent('a')
    journal.add({ kind: 'set', key: 'n', value: 'later' })
    journal.sent('b')
    journal.refused('b')
    journal.settle(['x', 'a', 'y'])
    expect(valuesIn(journal)).toEqual(['later'])
  })

  it('keeps what a write without an answer has not written', () => {
    const journal = filled(2)
    journal.sent('a')
    journal.settle(['x', 'y'])
    expect(journal.size).toBe(2)
    // Settled once: it cannot have been written later.
    journal.settle(['a'])
    expect(journal.size).toBe(2)
  })

  it('forgets a change that cannot be made again', () => {
    const journal = filled(3)
    journal.replay((change) => change.kind === 'set' && change.value !== 1)
    expect(valuesIn(journal)).toEqual([0, 2])
  })

  it('takes a thousand changes, and then none', () => {
    expect(() => filled(999).admit()).not.toThrow()
    expect(() => filled(1_000).admit()).toThrow('1000 changes')
  })

  it('is empty once cleared', () => {
    const journal = filled(2)
    journal.sent('a')
    journal.clear()
    journal.settle(['a'])
    expect(journal.size).toBe(0)
  })
})
