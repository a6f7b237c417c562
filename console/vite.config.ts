import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import optimizeLocales from '@react-aria/optimize-locales-plugin'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const MUSTER = process.env['MUSTER_URL'] ?? 'http://127.0.0.1:3000'
const OUT = fileURLToPath(new URL('../dist/console', import.meta.url))

/** The server sends these files as they are, so that no request waits for a compressor. */
function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    closeBundle: () => {
      const assets = join(OUT, 'assets')
      for (const name of readdirSync(assets)) {
        if (!/\.(js|css|svg)$/.test(name)) continue
        const bytes = readFileSync(join(assets, name))
        writeFileSync(join(assets, `${name}.gz`), gzipSync(bytes, { level: 9 }))
        const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
        writeFileSync(join(assets, `${name}.br`), brotliCompressSync(bytes, { params }))
      }
    },
  }
}

/** The browser loads the frame of the pages while it reads `index.html`, and not only when the first script asks for it. */
function preloaded(): Plugin {
  return {
    name: 'preloaded',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle = {} }) => {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
        const frame = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith('/src/app.tsx'))
        const needed = new Set(frame === undefined ? [] : [frame])
        // A set goes on with what is added to it meanwhile.
        for (const { imports } of needed)
          for (const chunk of chunks) if (imports.includes(chunk.fileName)) needed.add(chunk)
        const scripts = [...needed].map(({ fileName }) => linkTo(fileName, 'modulepreload'))
        const styles = [...needed].flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])])
        const links = [...scripts, ...styles.map((name) => linkTo(name, 'stylesheet'))]
        return links.filter(({ attrs }) => !html.includes(`"${attrs.href}"`))
      },
    },
  }
}

function linkTo(file: string, rel: string) {
  return { tag: 'link', injectTo: 'head' as const, attrs: { rel, crossorigin: true, href: `./${file}` } }
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, so that the console also works behind a proxy that serves Muster below a path.
  base: './',
  plugins: [
    react(),
    { ...optimizeLocales.vite({ locales: ['en-US'] }), enforce: 'pre' },
    preloaded(),
    packed(),
  ],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    // The Content-Security-Policy allows no inline script and no data: script.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    // `npm run console` shows changes at once, on the data of a Muster at MUSTER_URL. A session is for the server's own
    // pages only, so the origin is the server's.
    proxy: Object.fromEntries(
      ['/api', '/oauth', '/console/session', '/downloads', '/health', '/openapi.json'].map((path) => [
        path,
        { target: MUSTER, headers: { origin: MUSTER } },
      ]),
    ),
  },
})
