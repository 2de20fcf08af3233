/**
 * Data: datasets as values, batches by key, and formats of bytes. Nothing here needs Node.
 *
 * @module lanac/data
 */
export { type Batches, type BatchOptions, batches } from './batches.js'
export { count, type Dataset, type Rows, rowsAt, rowsFrom, splitAt } from './dataset.js'
export { gunzipE, isGzip } from './gzip.js'
export { decodeIdx, decodeIdxE, type IdxOptions, parseIdx, parseIdxE } from './idx.js'
export { decodeParams, decodeParamsE, encodeParams } from './safetensors.js'
export { type Standardizer, standardizer, toFloat } from './scale.js'
