import { describeHostile } from '@linkspan/testing'
import { describe, it } from 'vitest'
import { places } from './places.js'
import { serving } from './serve.js'

describeHostile({ name: '@linkspan/koa', factory: serving, places, describe, it })
