import { defineConfig } from "vite";

// No hashes in file names: the server adds a hash to each file's URL, as for every file that pages load.
export default defineConfig({
  build: {
    target: "es2022",
    outDir: "built",
    emptyOutDir: true,
    modulePreload: false,
    cssCodeSplit: false,
    rollupOptions: {
      input: "explorer/explorer.ts",
      output: { entryFileNames: "explorer.js", assetFileNames: "explorer[extname]" },
    },
  },
});
