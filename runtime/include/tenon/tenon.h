/*===- tenon/tenon.h - the C interface of the runtime -----------*- C -*-===*\
|*
|* Part of the Tenon project, under the Apache License v2.0.
|* SPDX-License-Identifier: Apache-2.0
|*
|*===----------------------------------------------------------------------===*|
|*
|* An instance has threads and devices, a model is an open .tenon file, and a
|* session has the memory of calls:
|*
|*   tenon_instance *instance;
|*   tenon_model *model;
|*   tenon_session *session;
|*   tenon_status *status = tenon_instance_create(NULL, &instance);
|*   if (!status) status = tenon_model_open(instance, "m.tenon", NULL, &model);
|*   if (!status) status = tenon_session_create(model, NULL, &session);
|*
|* Errors. Every function that can fail returns NULL for success or a status
|* that says what is wrong, to be freed with tenon_status_free(). After a
|* failure the outputs are unchanged. No exception leaves the library.
|*
|* Threads. Instances and models may be used by any number of threads at once,
|* and each model can have any number of sessions. A session serves one call at
|* a time; a second one meanwhile fails. Sessions with more than one thread take
|* turns on the instance's threads; those with one run on the caller's alone.
|*
|* Lifetimes. A model holds its instance and a session its model, so that they
|* may be released in any order.
|*
|* Structs begin with their size, which the caller sets to sizeof: members that
|* later versions append count as zero, which is always the default.
|*
|* Opening a model runs native code from the file: open only what you trust.
|*
\*===----------------------------------------------------------------------===*/

#ifndef TENON_TENON_H
#define TENON_TENON_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TENON_API __attribute__((visibility("default")))
#else
#define TENON_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Version of this interface: changed only when a program must be changed. */
#define TENON_API_VERSION 1

/* The runtime's version, for people: "0.1.0". */
TENON_API const char *tenon_version(void);

/*===----------------------------------------------------------------------===*\
|* Status
\*===----------------------------------------------------------------------===*/

typedef struct tenon_status tenon_status;

enum {
  TENON_INVALID = 1,  /* What was given is wrong: a file, a tensor, a value. */
  TENON_USAGE = 2,    /* The call is wrong: an unknown parameter, say. */
  TENON_INTERNAL = 70 /* A defect of Tenon, or no memory. */
};

/* One of the codes above. */
TENON_API int tenon_status_code(const tenon_status *status);
/* One line, "WHERE: WHAT", valid until the status is freed. */
TENON_API const char *tenon_status_message(const tenon_status *status);
/* Further lines with facts and advice, "\n" between them; may be empty. */
TENON_API const char *tenon_status_notes(const tenon_status *status);
/* NULL is fine. */
TENON_API void tenon_status_free(tenon_status *status);

/*===----------------------------------------------------------------------===*\
|* Instance, model, session
\*===----------------------------------------------------------------------===*/

typedef struct tenon_instance tenon_instance;
typedef struct tenon_model tenon_model;
typedef struct tenon_session tenon_session;

typedef struct {
  size_t size;
  uint32_t threads; /* 0: as many as this process may keep busy. */
  uint32_t pin;     /* Not 0: each thread stays on a CPU of its own. */
  uint64_t spin_ns; /* How long idle threads spin; 0: the default. */
} tenon_instance_options;

typedef struct {
  size_t size;
  const char *cpu;        /* Code to use, "x86-64-v3"; NULL: the best. */
  uint32_t check_weights; /* Not 0: compare the hashes of all weights. */
  /* What to run on, as `tenon devices` lists it: "cpu", "vulkan:1". NULL: the
     first target of the artifact that this machine has a device for and that
     can be loaded; software drivers only if there is none else. */
  const char *device;
} tenon_model_options;

typedef struct {
  size_t size;
  uint32_t threads;    /* 0: all of the instance's. */
  uint32_t max_shapes; /* Shapes whose plans are kept; 0: the default. */
  /* Tokens of earlier calls that a session of a model with states keeps the
     state of, for prompts that begin with them; 0: as many as a sequence can
     have. */
  uint64_t kept_tokens;
} tenon_session_options;

/* Options may be NULL for the defaults. */
TENON_API tenon_status *
tenon_instance_create(const tenon_instance_options *options,
                      tenon_instance **instance);
TENON_API tenon_status *tenon_model_open(tenon_instance *instance,
                                         const char *path,
                                         const tenon_model_options *options,
                                         tenon_model **model);
/* Opens the shared object that the program has loaded already and `symbol` lies
   in: the header that `tenon compile --emit so+h` writes calls this. */
TENON_API tenon_status *
tenon_model_open_linked(tenon_instance *instance, const void *symbol,
                        const tenon_model_options *options,
                        tenon_model **model);
TENON_API tenon_status *
tenon_session_create(tenon_model *model, const tenon_session_options *options,
                     tenon_session **session);

/* NULL is fine. */
TENON_API void tenon_instance_release(tenon_instance *instance);
TENON_API void tenon_model_release(tenon_model *model);
TENON_API void tenon_session_release(tenon_session *session);

/*===----------------------------------------------------------------------===*\
|* Tensors
\*===----------------------------------------------------------------------===*/

/* As DLPack's DLDataType and DLDevice. */
typedef struct {
  uint8_t code; /* kDLInt 0, kDLFloat 2, kDLBfloat 4, kDLBool 6 */
  uint8_t bits;
  uint16_t lanes; /* 1 */
} tenon_dtype;

typedef struct {
  int32_t type; /* kDLCPU 1 */
  int32_t id;
} tenon_device;

/* A tensor with the fields of DLPack's DLTensor, in host memory: dense and
   row-major, aligned as its elements. */
typedef struct {
  size_t size;
  const char *name;
  void *data;
  tenon_device device;
  int32_t ndim;
  tenon_dtype dtype;
  int64_t *shape;
  int64_t *strides; /* In elements; NULL: row-major. */
  uint64_t byte_offset;
} tenon_tensor;

/* A description of an entry's input or output. The pointers are valid as long
   as the model. */
typedef struct {
  size_t size;
  const char *name;
  tenon_dtype dtype;
  int32_t ndim;
  const int64_t *shape; /* -1 for axes that vary. */
  const char *dims;     /* For people: "[B, S, 768]". */
  uint32_t optional;    /* Not 0: has a default. */
} tenon_port;

/* What the model runs on: "cpu", "vulkan:1". Valid as long as the model. */
TENON_API const char *tenon_model_device(const tenon_model *model);
TENON_API size_t tenon_model_entry_count(const tenon_model *model);
/* NULL if there is no such entry. */
TENON_API const char *tenon_model_entry_name(const tenon_model *model,
                                             size_t entry);
TENON_API size_t tenon_model_input_count(const tenon_model *model,
                                         size_t entry);
TENON_API size_t tenon_model_output_count(const tenon_model *model,
                                          size_t entry);
/* Fill `port`, whose size must be set; they fail if there is none. */
TENON_API tenon_status *tenon_model_input(const tenon_model *model,
                                          size_t entry, size_t index,
                                          tenon_port *port);
TENON_API tenon_status *tenon_model_output(const tenon_model *model,
                                           size_t entry, size_t index,
                                           tenon_port *port);

/* Runs an entry on named tensors. Inputs with a default may be missing. Each of
   `outputs` names an output that is wanted: where its data is NULL, all of it
   but size and name is set to memory of the session, valid until its next call;
   otherwise the result is written there, and type and shape must be right. */
TENON_API tenon_status *
tenon_session_run(tenon_session *session, const char *entry,
                  const tenon_tensor *inputs, size_t input_count,
                  tenon_tensor *outputs, size_t output_count);

/*===----------------------------------------------------------------------===*\
|* States
\*===----------------------------------------------------------------------===*/

/* What a model remembers from call to call of some sequences, its rows: the
   keys and values of the tokens so far. A state belongs to a session and is
   used by one thread at a time, not while the session runs; it may outlive it.
 */
typedef struct tenon_state tenon_state;

/* `rows` rows that hold nothing. */
TENON_API tenon_status *tenon_state_create(tenon_session *session, size_t rows,
                                           tenon_state **state);
/* NULL is fine. */
TENON_API void tenon_state_free(tenon_state *state);
TENON_API size_t tenon_state_rows(const tenon_state *state);
/* The positions that a row holds; 0 if there is no such row. */
TENON_API int64_t tenon_state_length(const tenon_state *state, size_t row);
/* Forgets everything; there are `rows` rows that hold nothing. */
TENON_API tenon_status *tenon_state_reset(tenon_state *state, size_t rows);
/* Row i becomes what row `from[i]` was; rows may be named several times, or not
   at all. */
TENON_API tenon_status *tenon_state_reorder(tenon_state *state,
                                            const uint32_t *from, size_t count);
/* Forgets what a row holds from position `length` on. */
TENON_API tenon_status *tenon_state_truncate(tenon_state *state, size_t row,
                                             int64_t length);
/* Another state that holds the same; what neither changes is shared. */
TENON_API tenon_status *tenon_state_fork(const tenon_state *state,
                                         tenon_state **copy);

/* As tenon_session_run, for an entry that continues what a state holds: its
   batch is the `row_count` rows in `rows`, or all rows if that is NULL. If it
   fails, they hold what they held. */
TENON_API tenon_status *tenon_session_run_state(
    tenon_session *session, const char *entry, tenon_state *state,
    const uint32_t *rows, size_t row_count, const tenon_tensor *inputs,
    size_t input_count, tenon_tensor *outputs, size_t output_count);

/*===----------------------------------------------------------------------===*\
|* Tasks
\*===----------------------------------------------------------------------===*/

/* Data beside the JSON of a request or a response: images, audio, masks. */
typedef struct {
  size_t size;
  const char *name;
  const char *media_type; /* "image/png" */
  const void *data;
  size_t data_size;
} tenon_attachment;

enum {
  TENON_EVENT_PROGRESS = 1, /* `done` of `total` steps are done. */
  /* A token more of a text that is generated: sequence `sequence` of the answer
     to input `input` goes on with `text`, which is empty while a character
     isn't whole. Beam search settles all tokens at the end, and has none. */
  TENON_EVENT_TEXT = 2
};

typedef struct {
  size_t size;
  uint32_t kind;
  uint64_t done, total;
  uint64_t input, sequence;
  const char *text; /* Ends with a zero byte; valid during the call. */
  size_t text_size;
} tenon_event;

/* Called from the thread of the call; not 0 cancels it. */
typedef int (*tenon_event_callback)(void *user, const tenon_event *event);

typedef struct tenon_response tenon_response;

/* Answers a request, which is JSON in UTF-8:

     {"task": "text-classification", "inputs": "I like it",
      "parameters": {"top_k": 2}}

   inputs and parameters are those of the Hugging Face pipeline of that name;
   all but the inputs may be missing. Attachments and the callback may be NULL.
 */
TENON_API tenon_status *
tenon_session_run_task(tenon_session *session, const char *request,
                       size_t request_size, const tenon_attachment *attachments,
                       size_t attachment_count, tenon_event_callback callback,
                       void *user, tenon_response **response);

/* The answer as JSON, with the keys and nesting of the pipeline's; ends with a
   zero byte. Valid until the response is freed, like all below. */
TENON_API const char *tenon_response_json(const tenon_response *response);
TENON_API size_t tenon_response_json_size(const tenon_response *response);
TENON_API size_t
tenon_response_attachment_count(const tenon_response *response);
/* Fills `attachment`, whose size must be set; fails if there is none. */
TENON_API tenon_status *
tenon_response_attachment(const tenon_response *response, size_t index,
                          tenon_attachment *attachment);
/* NULL is fine. */
TENON_API void tenon_response_free(tenon_response *response);

/*===----------------------------------------------------------------------===*\
|* Generators
\*===----------------------------------------------------------------------===*/

/* A request that is answered token by token. It belongs to a session, which it
   holds: while one of its functions runs, the session serves no other call, but
   between them it does, of other generators, too. For one thread at a time, but
   for tenon_generator_cancel and tenon_generator_free. */
typedef struct tenon_generator tenon_generator;

/* Why a sequence ended. */
enum {
  TENON_ENDING_OPEN = 0,   /* It hasn't. */
  TENON_ENDING_TOKEN = 1,  /* With an end-of-sequence token. */
  TENON_ENDING_LENGTH = 2, /* It is as long as it may get. */
  TENON_ENDING_STRING = 3, /* With a stop string. */
  TENON_ENDING_TIME = 4    /* Its time is over. */
};

/* A token more of sequence `sequence` of the answer to input `input`. */
typedef struct {
  size_t size;
  uint64_t input, sequence;
  int32_t token;
  uint32_t ending; /* TENON_ENDING_OPEN unless it is the last one. */
  /* Natural logarithm of its probability among the tokens that it was chosen
     from, with temperature, top_k and so on; NaN for beam search, whose
     sequences have a score. */
  float log_probability;
  /* What it adds to the text, in whole characters: empty while one isn't. Ends
     with a zero byte; valid until the generator's next step, or during the
     callback. */
  const char *text;
  size_t text_size;
} tenon_token;

/* A sequence of an answer: what follows the prompt, with the token that ended
   it. Valid until the generator is continued or freed. */
typedef struct {
  size_t size;
  const int32_t *tokens;
  size_t token_count;
  float score; /* Of beam search: as transformers' sequences_scores; or 0. */
  uint32_t ending;
} tenon_sequence;

/* Called for each token, from the thread of the call; not 0 cancels it. It may
   cancel or free the generator. */
typedef int (*tenon_token_callback)(void *user, const tenon_token *token);

/* Begins to answer a request as tenon_session_run_task takes it, of a task that
   generates text. With `tokens` (or else NULL), these are the prompt: then the
   request has no inputs, and may be NULL. Nothing is run yet. */
TENON_API tenon_status *
tenon_generator_create(tenon_session *session, const char *request,
                       size_t request_size, const int32_t *tokens,
                       size_t token_count, tenon_generator **generator);

/* Runs the model once, the first time on the prompts. `goes_on` is 0 if that
   was the last step, or if there was none left to do. The tokens of the step
   are there afterwards: one for each sequence that goes on. Beam search settles
   all tokens in the last step. */
TENON_API tenon_status *tenon_generator_step(tenon_generator *generator,
                                             uint32_t *goes_on);
TENON_API size_t tenon_generator_token_count(const tenon_generator *generator);
/* Fills `token`, whose size must be set; fails if there is none. */
TENON_API tenon_status *tenon_generator_token(const tenon_generator *generator,
                                              size_t index, tenon_token *token);

/* Does all steps that are left, and calls `callback`, if it isn't NULL, for
   each token. */
TENON_API tenon_status *tenon_generator_run(tenon_generator *generator,
                                            tenon_token_callback callback,
                                            void *user);

/* From any thread, also while a step runs: that step, or else the next one,
   fails soon, within a pass through the model, and no step is left to do. */
TENON_API void tenon_generator_cancel(tenon_generator *generator);

/* Ends the generation. The answer is that of tenon_session_run_task if no step
   was left; otherwise, and after a failure or cancellation, it is as far as it
   got. */
TENON_API tenon_status *tenon_generator_result(tenon_generator *generator,
                                               tenon_response **response);
/* Ends the generation. Fills `to`, whose size must be set, with a sequence of
   an input's answer, the best first; fails if there is none. */
TENON_API tenon_status *tenon_generator_sequence(tenon_generator *generator,
                                                 size_t input, size_t sequence,
                                                 tenon_sequence *to);

/* Ends the generation and begins the next one: the request's inputs, as many as
   before, come behind what the first sequence of each is now (without the token
   that ended it), none of which is computed again. With `tokens`, these come
   behind the one input. The request may be NULL; without inputs, the text goes
   on as it is; without parameters, those are as before. */
TENON_API tenon_status *tenon_generator_continue(tenon_generator *generator,
                                                 const char *request,
                                                 size_t request_size,
                                                 const int32_t *tokens,
                                                 size_t token_count);

/* NULL is fine. At any time; a step that another thread is in is cancelled. */
TENON_API void tenon_generator_free(tenon_generator *generator);

#ifdef __cplusplus
}
#endif

#endif /* TENON_TENON_H */
