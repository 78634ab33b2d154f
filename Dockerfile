# fleetyield as a container: `docker run --rm fleetyield run erlang-c`. Scenarios of your own go in with -v "$PWD:/work".
# The whole image to build: it has what compiles the database driver where no built one can be had.
FROM node:24-bookworm AS build
WORKDIR /app
COPY . .
RUN npm ci && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/configs ./configs
WORKDIR /work
# Results are kept below the folder the program is started in.
RUN chown node:node /work
USER node
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["--help"]
