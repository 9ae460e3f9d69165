/* The options of the server (SERVER), of the load generator (LOAD) and of a run
 * (RUN), which passes most of them on to these two: to add one, add its row. It
 * is a field of struct option_values, is parsed, checked and passed on, stands
 * in the help texts in this order, and in a record's `asked` under its key. The
 * settings in tables and CSV files have this order, too, which users compare
 * with those of other versions.
 *
 *   NUMBER_OPTION(field, name, programs, kind, key in `asked` (times become
 *       seconds), default as it would be typed, lowest, highest value, name of
 *       the value, help, and where a run differs .run_name, .run_help,
 *       .run_preset and .run_low)
 *
 * The other rows lack what they have no use for. SAME_FIELD is another row for
 * a field that is there. A key separates runs, which are repeats of each other
 * when all of them are alike, but for those BESIDE. Included by
 * common/options.h and common/options.c. */
TEXT_OPTION(model, "--model", SERVER, NULL, NULL, "NAME",
            "I/O model to serve with; --list shows the names")
TEXT_OPTION(target, "--target", LOAD, NULL, NULL, "ADDR:PORT",
            "address of the server (required)")
NUMBER_OPTION(connections, "--connections", LOAD, ARG_COUNT, NULL, "100", 1,
              OPTION_CONNECTIONS_MAX, "N", "connections to attempt [100]")
TEXT_OPTION(pattern, "--pattern", LOAD | RUN, "pattern", "echo", "NAME",
            "traffic: " OPTION_PATTERNS " [echo]")
TEXT_OPTION(service, "--service", SERVER | LOAD | RUN, "service", NULL,
            "echo|file",
            "echoes of messages, or pieces of a file of --message bytes, from "
            "models that serve files [echo]")
NUMBER_OPTION(file_bytes, "--file-size", SERVER | LOAD | IF_GIVEN, ARG_SIZE,
              "file_bytes", "16M", 1, UINT64_C(1) << 30, "SIZE",
              "size of that file, bytes, at most 1G [16M]")
TEXT_OPTION(hostile, "--hostile", LOAD | RUN, "hostile", NULL,
            "SHARE[:KIND,...]",
            "share of hostile connections: silent, slow, deaf, reset [none]")
NUMBER_OPTION(message_bytes, "--message", LOAD | RUN, ARG_SIZE, "message_bytes",
              "4096", 1, OPTION_MESSAGE_MAX, "SIZE",
              "message size, bytes, at most 1M [4096]")
NUMBER_OPTION(pipeline, "--pipeline", LOAD | RUN, ARG_COUNT, "pipeline", "1", 1,
              1024, "N", "messages in flight per connection (echo) [1]")
NUMBER_OPTION(think_us, "--think", LOAD | RUN, ARG_TIME, "think_s", "0", 0, DAY,
              "TIME", "pause after each echo (echo, churn, idle) [0; idle: 1s]")
NUMBER_OPTION(active, "--active", LOAD | IF_GIVEN, ARG_COUNT, "active", NULL, 1,
              OPTION_CONNECTIONS_MAX, "N",
              "connections with traffic, the others rest (sparse)")
NUMBER_OPTION(warmup_us, "--warmup", LOAD | RUN, ARG_TIME, "warmup_s", "1s", 0,
              DAY, "TIME", "traffic before the measured time [1s]")
NUMBER_OPTION(duration_us, "--duration", LOAD | RUN, ARG_TIME, "duration_s",
              "4s", 1 * MS, DAY, "TIME", "measured time of a run [4s]",
              .run_low = 100 * MS)
NUMBER_OPTION(rate, "--rate", LOAD | IF_GIVEN, ARG_SIZE, "rate_bytes_per_s",
              "0", 0, UINT64_C(1) << 40, "SIZE",
              "total send rate, bytes/s (stream, paced) [unlimited]",
              .run_low = 1)
TEXT_OPTION(arrivals, "--arrivals", LOAD | RUN, "arrivals", NULL,
            "even|poisson",
            "times of the messages: evenly spread, or at random as those of "
            "independent users (paced) [even]")
NUMBER_OPTION(sample_ms, "--sample-ms", SERVER | LOAD | RUN | BESIDE, ARG_COUNT,
              "sample_ms", "200", 0, 3600000, "N",
              "time between samples, ms, 0: only at start and end [200]",
              .run_low = 10, .run_help = "time between samples, ms [200]")
NUMBER_OPTION(disturbance_limit, "--disturbance-limit", RUN | BESIDE, ARG_COUNT,
              "disturbance_limit_percent", "20", 1, 100, "PERCENT",
              "largest disturbed share of the window of a valid run, %, 100: "
              "no limit [20]")
NUMBER_OPTION(server_threads, "--threads", SERVER | IF_GIVEN, ARG_COUNT,
              "server_threads", NULL, 1, 4096, "N",
              "I/O threads of the server [one for each processor]")
NUMBER_OPTION(server_processors, "--server-processors", IF_GIVEN, ARG_COUNT,
              "server_processors", NULL, 0, 63, "N",
              "Windows: processors of the server, the others are the load "
              "generator's; 0: no split [half; with a launcher: no split]")
NUMBER_OPTION(
    max_connections, "--max-connections", SERVER | IF_GIVEN, ARG_COUNT,
    "max_connections", NULL, 1, 10000000, "N",
    "connection limit of the server [100000, fewer for large buffers]")
NUMBER_OPTION(buffer_bytes, "--buffer", SERVER | IF_GIVEN, ARG_SIZE,
              "buffer_bytes", "4096", 1, UINT64_C(64) << 20, "SIZE",
              "server's buffer for each connection, bytes [4096]")
NUMBER_OPTION(outstanding, "--outstanding", SERVER | IF_GIVEN, ARG_COUNT,
              "outstanding", NULL, 1, 64, "N",
              "transfers of each connection under way at once, for models that "
              "can have several [8]")
TEXT_OPTION(pool, "--pool", SERVER | RUN, "pool", NULL, "lookaside|heap",
            "where models that lend buffers take them from [lookaside]")
NUMBER_OPTION(buffer_offset, "--buffer-offset", SERVER | IF_GIVEN, ARG_SIZE,
              "buffer_offset_bytes", NULL, 0, 4095, "SIZE",
              "where in a page each buffer begins, bytes; each has pages of its "
              "own then [small buffers share a page, none straddles one]")
TEXT_OPTION(working_set, "--working-set", SERVER | RUN, "working_set", NULL,
            "MIN:MAX",
            "Windows: working-set limits of the server, bytes [the system's]")
TEXT_OPTION(work, "--work", SERVER | RUN, "work", NULL, "KIND:US[/EVERY]",
            "work of each I/O thread at each EVERYth message: spin:US computes, "
            "block:US sleeps, us [none]")
TEXT_OPTION(shortage, "--shortage", SERVER | RUN, "shortage", NULL,
            "close|ladder",
            "on WSAENOBUFS: close the connection, or first raise the working "
            "set, then receive less [close]")
NUMBER_OPTION(backlog, "--backlog", SERVER | IF_GIVEN, ARG_COUNT, "backlog",
              "65535", 1, 65535, "N", "listen() backlog [65535]")
NUMBER_OPTION(sndbuf_bytes, "--sndbuf", SERVER | IF_GIVEN, ARG_SIZE,
              "sndbuf_bytes", NULL, 0, UINT64_C(1) << 30, "SIZE",
              "SO_SNDBUF of the server's sockets, bytes [the system's]")
NUMBER_OPTION(rcvbuf_bytes, "--rcvbuf", SERVER | IF_GIVEN, ARG_SIZE,
              "rcvbuf_bytes", NULL, 0, UINT64_C(1) << 30, "SIZE",
              "SO_RCVBUF of the server's sockets, bytes [the system's]")
NUMBER_OPTION(nodelay, "--nodelay", SERVER | IF_GIVEN, ARG_COUNT, "nodelay",
              "1", 0, 1, "0|1", "TCP_NODELAY of the server's sockets [1]")
LIST_OPTION(tune, "--tune", SERVER | RUN, "tuning", "NAME=VALUE",
            "model option, repeatable; --list shows them",
            .run_help =
                "model option, repeatable; MODEL:NAME=VALUE: of one model "
                "(see iomodels models)")
NUMBER_OPTION(threads, "--threads", LOAD | IF_GIVEN, ARG_COUNT, "load_threads",
              NULL, 1, OPTION_LOAD_THREADS_MAX, "N",
              "load threads [half of the processors]",
              .run_name = "--load-threads")
NUMBER_OPTION(connect_window, "--connect-window", LOAD | IF_GIVEN | BESIDE,
              ARG_COUNT, "connect_window", "128", 1, OPTION_CONNECTIONS_MAX,
              "N", "max. concurrent connection attempts [128]")
NUMBER_OPTION(connect_retries, "--connect-retries", LOAD | RUN | BESIDE,
              ARG_COUNT, "connect_retries", "0", 0, 1000, "N",
              "retries of a refused or timed-out attempt [0]")
NUMBER_OPTION(connect_timeout_us, "--connect-timeout", LOAD | RUN | BESIDE,
              ARG_TIME, "connect_timeout_s", "10s", 1 * MS, DAY, "TIME",
              "timeout of an attempt, its first echo included [10s]")
NUMBER_OPTION(io_timeout_us, "--io-timeout", LOAD | RUN | BESIDE, ARG_TIME,
              "io_timeout_s", "10s", 1 * MS, DAY, "TIME",
              "timeout of an echo [10s]", .run_preset = "20s",
              .run_help = "timeout of an echo [20s]")
NUMBER_OPTION(connect_budget_us, "--connect-budget", LOAD | IF_GIVEN | BESIDE,
              ARG_TIME, "connect_budget_s", "1m", 1 * MS, DAY, "TIME",
              "time for all attempts together [1m]",
              .run_help = "time for all attempts [20s and 10ms for each]")
TEXT_OPTION(listen, "--listen", SERVER | RUN | BESIDE, "listen", "127.0.0.1:0",
            "ADDR:PORT", "address of the server, port 0: any [127.0.0.1:0]")
TEXT_OPTION(local_addresses, "--local-addresses", LOAD | RUN | BESIDE,
            "local_addresses", NULL, "LIST",
            "source addresses of the load generator [as many as ports need]")
SAME_FIELD(target, "--target", RUN, "target", NULL, "HOST",
           "host name of a server on another machine [the server's address]")
NUMBER_OPTION(seed, "--seed", LOAD, ARG_COUNT, NULL, "1", 0, 0, "N",
              "seed of the bytes that are sent [1]")
NUMBER_OPTION(generators, "--generators", LOAD, ARG_COUNT, NULL, "1", 1,
              OPTION_GENERATORS_MAX, "N",
              "load generators that share connections, rate and source "
              "addresses; each is given the same options and its --rank [1]")
NUMBER_OPTION(rank, "--rank", LOAD, ARG_COUNT, NULL, "0", 0,
              OPTION_GENERATORS_MAX - 1, "N",
              "which of them this one is, from 0 [0]")
NUMBER_OPTION(ranks, "--ranks", LOAD, ARG_COUNT, NULL, "1", 1,
              OPTION_GENERATORS_MAX, "N",
              "ranks from --rank on that one launcher starts; which of them "
              "this one is stands in the environment, as by srun [1]")
FLAG_OPTION(turns, "--turns", LOAD,
            "histogram of the rounds that connections waited for their turn")
FLAG_OPTION(json_stream, "--json-stream", LOAD,
            "protocol of harness/PROTOCOL.md on standard input and output")
FLAG_OPTION(guard, "--guard", SERVER,
            "guard pages around each buffer, for debugging; slower")
FLAG_OPTION(list, "--list", SERVER, "list of the models")
FLAG_OPTION(json, "--json", SERVER, "with --list: as JSON")
