import { describeHostile } from '@linkspan/testing'
import { describe, it } from 'vitest'
import { serving } from './serve.js'

describeHostile({ name: '@linkspan/koa', factory: serving, describe, it })
