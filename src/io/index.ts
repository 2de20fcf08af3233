/**
 * Files: parameters saved and loaded, datasets read. The only room that needs Node.
 *
 * @module lanac/io
 */
export { decodeParams, decodeParamsE, encodeParams } from '../data/index.js'
export { readIdx, readIdxE } from './idx.js'
export { loadParams, loadParamsE, saveParams, saveParamsE } from './params.js'
