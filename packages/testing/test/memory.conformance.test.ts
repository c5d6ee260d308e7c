import { describe, it } from 'vitest'
import { describeTransport, MEMORY_SUPPORT, memoryHost } from '../src/index.js'

describeTransport({ name: 'memory', factory: memoryHost, supports: MEMORY_SUPPORT, describe, it })
