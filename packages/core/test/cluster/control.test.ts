import { describe, expect, it } from 'vitest'
import { type Control, controlItem, readControl } from '../../src/cluster/control.js'

describe('a word from node to node', () => {
  it.each<Control>([
    { type: 'bye' },
    { type: 'ask', id: 7, what: 'info', about: { topic: 'grüezi' } },
    { type: 'event', event: 'app:changed', payload: null },
  ])('comes back as it was: %j', (control) => {
    expect(readControl(controlItem(control))).toEqual(control)
  })

  it.each(['', '{', '7', 'null', '"bye"', '{}', '[]'])('is none of %j', (text) => {
    expect(readControl({ kind: 'control', data: new TextEncoder().encode(text) })).toBeUndefined()
  })

  it('takes what is ambient with it', () => {
    const headers = new Uint8Array([1])
    expect(controlItem({ type: 'bye' }, headers)).toMatchObject({ kind: 'control', headers })
  })
})
