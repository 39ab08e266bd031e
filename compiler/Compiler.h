/*===- Compiler.h - what the command line asks of the compiler --*- C -*-===*\
|*
|* Part of the Tenon project, under the Apache License v2.0.
|* SPDX-License-Identifier: Apache-2.0
|*
|*===----------------------------------------------------------------------===*|
|*
|* The interface of libtenon-compiler.so, which `tenon` loads only when
|* something must be compiled. It is no part of the runtime's interface, and
|* both sides come from the same build.
|*
\*===----------------------------------------------------------------------===*/

#ifndef TENON_COMPILER_COMPILER_H
#define TENON_COMPILER_COMPILER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TENON_COMPILER_INTERFACE 2

/* TENON_COMPILER_INTERFACE of the library. */
int tenon_compiler_interface(void);

/* Runs `tenon compile|explain|tune|verify ...`: argv[0] is the program, argv[1]
   the command. Parses the options itself, prints errors as `tenon` does, and
   returns the exit status. */
int tenon_compiler_main(int argc, const char *const *argv);

/* Called now and then while something is compiled, from any thread but not from
   two at once. `step` is a phase or `weights`; `total` is 0 where it isn't
   known. */
typedef void (*tenon_compile_progress)(void *user, const char *step,
                                       uint64_t done, uint64_t total);

typedef struct {
  size_t size;        /* sizeof(tenon_compile_request) of the caller. */
  const char *source; /* A checkpoint directory. */
  const char *output; /* The artifact; appears only when it is complete. */
  const char *task;   /* NULL: as the checkpoint says. */
  const char *cpu;    /* As --cpu of `tenon compile`; NULL: its default. */
  uint32_t jobs;      /* 0: as many as CPUs. */
  tenon_compile_progress progress; /* May be NULL. */
  void *user;
  const char *target; /* As --target of `tenon compile`; NULL: its default. */
} tenon_compile_request;

/* Compiles; returns the exit status. Unless it is 0, `*message` is what is
   wrong, `WHERE: WHAT` and further lines, to be freed with free(). */
int tenon_compiler_compile(const tenon_compile_request *request,
                           char **message);

/* Writes an artifact that measures what a device reaches: a target as --target
   names it, code of one of its variants. Each entry's last launch is said to
   compute (`flops`, and `products` of what) or to move something (`bytes`), and
   its label names what of the device does it; an entry whose launches are said
   to do nothing tells what a launch costs. A size `tasks`, if an entry has it,
   may be as large as it takes for a time that can be measured. Returns the exit
   status, and a message as tenon_compiler_compile does. */
int tenon_compiler_probes(const char *target, const char *variant,
                          const char *output, char **message);

#ifdef __cplusplus
}
#endif

#endif /* TENON_COMPILER_COMPILER_H */
