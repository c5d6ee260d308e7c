import core = require('@linkspan/core')

export const app: core.Linkspan<object> = core.linkspan()
