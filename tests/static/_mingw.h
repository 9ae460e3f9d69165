/* For the check with the MSVC front end: without __GNUC__ mingw's header
 * defines attributes away and puts __declspec where C has no place for it. */
#pragma once
#include_next <_mingw.h>
#undef __attribute__
#undef __MINGW_ATTRIB_NORETURN
#define __MINGW_ATTRIB_NORETURN
#undef __MINGW_ATTRIB_DEPRECATED
#define __MINGW_ATTRIB_DEPRECATED
#undef __MINGW_ATTRIB_DEPRECATED_MSVC2005
#define __MINGW_ATTRIB_DEPRECATED_MSVC2005
#undef __MINGW_ATTRIB_DEPRECATED_SEC_WARN
#define __MINGW_ATTRIB_DEPRECATED_SEC_WARN
/* An intrinsic that winnt.h of the Windows SDK declares. */
long long _InterlockedExchange64(long long volatile *, long long);
