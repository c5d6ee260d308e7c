import { memoryBroker } from '@linkspan/core'
import { describe, it } from 'vitest'
import { describeBroker } from '../src/index.js'

describeBroker({
  name: 'memory',
  factory: async () => {
    const hub = memoryBroker()
    return {
      broker: () => hub,
      cut: async () => hub.cut(),
      mend: async () => hub.mend(),
      lend: async () => ({ broker: hub, works: async () => {} }),
      listeners: () => hub.nodes.size,
      close: async () => {},
    }
  },
  supports: { stall: false },
  describe,
  it,
})
