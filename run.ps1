<#
Sets up what is missing, builds, then does what was asked, on Windows:

    .\run.ps1 compare [OPTION...]   the main job: all models, table and charts
    .\run.ps1 test                  every test that runs on Windows
    .\run.ps1 COMMAND [OPTION...]   any other command of iomodels; .\run.ps1 help
    .\run.ps1 setup                 only set up and build

Compiler: MSVC (Visual Studio or its Build Tools) if there is one, else a MinGW
gcc in the PATH. Python 3 must be there; Meson and Ninja are installed for this
user by pip where missing. Charts need gnuplot. All else stays below build\.
#>
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot

function Stop-With([string] $Text) {
    [Console]::Error.WriteLine("run: $Text")
    exit 2
}

function Test-Program([string] $Name) {
    $null -ne (Get-Command $Name -ErrorAction SilentlyContinue)
}

# A program's exit code is not an exception in PowerShell: look at each.
function Invoke-Step([string] $What, [string] $Program, [string[]] $Words) {
    & $Program @Words
    if ($LASTEXITCODE -ne 0) {
        Stop-With "$What failed with exit code ${LASTEXITCODE}: see above"
    }
}

$python = @('python', 'py', 'python3') | Where-Object { Test-Program $_ } |
    Select-Object -First 1
if (-not $python) {
    Stop-With 'Python 3 is missing: winget install Python.Python.3.12'
}
& $python -c 'import mesonbuild' 2>$null
if ($LASTEXITCODE -ne 0) {
    Invoke-Step 'installing Meson' $python @('-m', 'pip', 'install', '--user',
        '--quiet', 'meson>=1.0', 'ninja')
}
if (-not (Test-Program 'ninja')) {
    $scripts = & $python -c ("import sysconfig, os;" +
        "print(sysconfig.get_path('scripts', os.name + '_user'))")
    $env:PATH = "$scripts;$env:PATH"
}

$build = 'build\windows'
$meson = @('-m', 'mesonbuild.mesonmain')
if (-not (Test-Path "$build\build.ninja")) {
    $where = "${env:ProgramFiles(x86)}\Microsoft Visual Studio\Installer\vswhere.exe"
    $words = $meson + @('setup', $build)
    if ((Test-Path $where) -and (& $where -latest -products '*' `
            -requires Microsoft.VisualStudio.Component.VC.Tools.x86.x64 `
            -property installationPath)) {
        $words += '--vsenv'
    } elseif (-not (Test-Program 'gcc')) {
        Stop-With ('no compiler: install the Visual Studio Build Tools ' +
            '(winget install Microsoft.VisualStudio.2022.BuildTools, with the ' +
            'C++ tools) or MSYS2 with mingw-w64-ucrt-x86_64-gcc in the PATH')
    }
    Invoke-Step 'meson setup' $python $words
}
Invoke-Step 'the build' $python ($meson + @('compile', '-C', $build))

$rest = @($args | Select-Object -Skip 1)
$command = if ($args.Count -gt 0) { $args[0] } else { 'help' }
if ($command -eq 'setup') {
    exit 0
}
if ($command -eq 'test') {
    & $python @($meson + @('test', '-C', $build, '--print-errorlogs') + $rest)
    exit $LASTEXITCODE
}
if ($command -in @('compare', 'plot', 'report') -and
    -not (Test-Program 'gnuplot')) {
    [Console]::Error.WriteLine('run: gnuplot is missing, so charts cannot be ' +
        'drawn: winget install gnuplot.gnuplot, or give --no-plots')
}
& "$build\harness\cli\iomodels.exe" $command @rest
exit $LASTEXITCODE
