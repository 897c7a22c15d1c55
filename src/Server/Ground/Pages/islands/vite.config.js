import { defineConfig } from "vite";

// Files without a hash in their names: the server adds one to the address, as it does for every file that pages load.
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
